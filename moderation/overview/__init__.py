"""Where something is missing, and how long people wait: for those who coordinate a country or run an edition."""

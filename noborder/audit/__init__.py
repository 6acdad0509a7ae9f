"""What `manage.py lint` says of the safety of code and packages, without asking anybody outside."""

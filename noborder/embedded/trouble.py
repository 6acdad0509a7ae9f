"""What went wrong, in a sentence for the person who started the command."""


class Trouble(Exception):
    """A start that cannot go on; its text says why and what to do."""

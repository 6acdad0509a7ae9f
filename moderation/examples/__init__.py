"""Every letter of the site with invented data, made by the functions that make real mails: for the page that shows them
to contributors, and for tests that look at all of them. Nothing is kept."""

from moderation.examples.letters import Example, examples_in, missing

__all__ = ["Example", "examples_in", "missing"]

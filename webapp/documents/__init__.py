"""A form filled in together: answers, history, comments, sign-off, print."""

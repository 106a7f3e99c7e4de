"""Levels 5 and 6: coaching sessions, private notes and releases of progress, all of them behind the walls."""

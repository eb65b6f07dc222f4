"""Listener of the program for dead letters."""

from __future__ import annotations

from generator.deployment.network import Listener

NAME = "dead-letters"
DEAD_LETTERS_HTTP = Listener(NAME, "dead_letters", 4318, native=10)

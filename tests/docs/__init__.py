"""Tests of the documentation: links, commands, examples, generated pages."""

"""Developer tools: generators of documents, pictures and lock files, and the check of words.

The product does not import them. A tool that users run is a command (``cli/commands``), and one
that only tests use belongs to ``tests/support``.
"""

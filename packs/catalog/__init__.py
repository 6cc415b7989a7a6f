"""The catalog of packs: one HTML file that shows the packs of a registry or of a directory.

Here is what the page needs to know, and the page itself. What a registry or a directory of packs is
belongs to the modules above. Content of packs is untrusted: it reaches the page as text or as a
validated image, never as markup.
"""

"""Client of Palette's API: paths and bodies (api), requests and retries (http), error messages.

Nothing here depends on Pulumi resources or on the settings.
"""

"""Tests of the packages in ``components``, in the same layout."""

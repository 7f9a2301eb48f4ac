"""Curated spaces for common estimators, and for whatever is made of them."""

from skhpo._default_space.default_space import default_space

__all__ = ["default_space"]

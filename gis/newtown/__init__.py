"""A Korean new town made in code: the default city, so that everything works with no download."""

from gis.newtown.town import newtown

__all__ = ["newtown"]

"""OpenStreetMap files, ``.osm``, ``.osm.gz`` and ``.osm.pbf``, become a city."""

from gis.readers.osm.read import ATTRIBUTION, read_osm

__all__ = ["ATTRIBUTION", "read_osm"]

"""The day once more, for reading: a city of plain objects on SimPy's clock, without any kernel.

Made from the columns of a world at its start; the kernels must do the same events in the same order
with the same numbers. One module a part: streets, drivers, walkers, riders, buses, fleet; a
:class:`tests.twin.naive.city.City` has them all in one calendar.
"""

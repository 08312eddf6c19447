"""How a row can end other than well."""


class Wrong(Exception):
    """Halo is not as it should be."""


class NotHalo(Exception):
    """A program that is not Halo failed."""


class Untried(Exception):
    """The row can't be tried on this desktop."""

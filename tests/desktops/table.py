"""A table of rows, in their order."""


class Table:
    def __init__(self):
        self.rows = []
        # Without these there is nothing to try.
        self.needed = []

    def row(self, what, needed=False):
        """Keeps a function as a row: it gives how it went, or raises why not."""

        def keep(function):
            self.rows.append((what, function))
            if needed:
                self.needed.append(function)
            return function

        return keep

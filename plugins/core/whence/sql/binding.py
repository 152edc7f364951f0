"""From names in a statement to datasets: the front end's answer as `whence.model.Lineage`.

Must not look into SQL; works on results alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from whence.model import (
    Column,
    ColumnEdge,
    Dataset,
    Field,
    Influence,
    Lineage,
    Transformation,
)
from whence.schema.providers import REST
from whence.sql.distinct import distinct
from whence.sql.results import OutputColumn, ScriptLineage, StatementLineage, TableName


class _Binder:
    """Collects the parts of one lineage."""

    def __init__(
        self, to_dataset: Callable[[TableName], Dataset | None], target: Dataset | None
    ) -> None:
        """Remember how names are bound and where a bare query's rows go."""
        self._to_dataset = to_dataset
        self._target = target
        self._known: dict[TableName, Dataset | None] = {}
        self.edges: dict[ColumnEdge, None] = {}
        self.influences: dict[Influence, None] = {}
        self.schemas: dict[Dataset, dict[str, Field]] = {}

    def dataset(self, name: TableName) -> Dataset | None:
        if name not in self._known:
            self._known[name] = self._to_dataset(name)
        return self._known[name]

    def datasets(self, names: Iterable[TableName]) -> tuple[Dataset, ...]:
        bound = {self.dataset(name) for name in names}
        return tuple(sorted(dataset for dataset in bound if dataset is not None))

    def written(self, name: TableName | None) -> Dataset | None:
        return self._target if name is None else self.dataset(name)

    def add(self, statement: StatementLineage, dialect: str) -> None:
        known = [each for each in statement.columns if each.column != REST]
        names = [each.column for each in known]
        if self._target is not None and not statement.outputs:
            # A table is made of the query, with the names that it gives to the columns.
            names = list(distinct(names, dialect))
        for output, name in zip(known, names, strict=True):
            target = self.written(output.dataset)
            if target is not None:
                self._add_column(target, name, output)
        for indirect in statement.indirect:
            target, source = self.written(indirect.output), self.dataset(indirect.dataset)
            if target is not None and source is not None:
                how = Transformation("INDIRECT", indirect.subtype)
                self.influences[Influence(target, Column(source, indirect.column), how)] = None

    def _add_column(self, target: Dataset, name: str, output: OutputColumn) -> None:
        fields = self.schemas.setdefault(target, {})
        fields.setdefault(name, Field(name, output.type))
        for source in output.inputs:
            dataset = self.dataset(source.dataset)
            if dataset is None:
                continue
            how = Transformation(source.type, source.subtype, source.masking, source.description)
            edge = ColumnEdge(Column(target, name), Column(dataset, source.column), how)
            self.edges[edge] = None


def bind_statements(
    lineage: ScriptLineage | StatementLineage,
    to_dataset: Callable[[TableName], Dataset | None],
    target: Dataset | None,
) -> Lineage:
    """``lineage`` with datasets in place of names, a script as one step.

    Columns that a star over an unknown table may stand for are left out: the gap says so.
    """
    dialect = lineage.dialect if isinstance(lineage, ScriptLineage) else ""
    whole = lineage.as_one() if isinstance(lineage, ScriptLineage) else lineage
    binder = _Binder(to_dataset, target)
    binder.add(whole, dialect)
    outputs = set(binder.datasets(whole.outputs))
    if target is not None:
        outputs.add(target)
    return Lineage(
        inputs=binder.datasets(whole.inputs),
        outputs=tuple(sorted(outputs)),
        schemas={dataset: tuple(fields.values()) for dataset, fields in binder.schemas.items()},
        edges=tuple(sorted(binder.edges)),
        influences=tuple(sorted(binder.influences)),
        gaps=tuple(dict.fromkeys(whole.gaps)),
    )

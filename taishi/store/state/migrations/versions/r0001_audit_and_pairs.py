"""Audit, counters and settings. A state of before revisions were noted keeps those it has."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

_WORDS = ("actor", "action", "object_type", "object_id", "result", "why", "previous", "hash")
#: Lines of the audit can be added only: the database itself refuses to change or delete one.
_REFUSING = {
    "sqlite": [
        f"CREATE TRIGGER decision_no_{act.lower()} BEFORE {act} ON decision"
        " BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION decision_refuses() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit can only be added to'; END $$",
        "CREATE TRIGGER decision_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON decision"
        " FOR EACH STATEMENT EXECUTE FUNCTION decision_refuses()",
    ],
}


def upgrade() -> None:
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "decision" not in there:
        _audit()
    for name, value in (("counter", sa.BigInteger()), ("setting", sa.Text())):
        if name not in there:
            op.create_table(
                name,
                sa.Column("name", sa.Text, primary_key=True),
                sa.Column("value", value, nullable=False),
            )


def _audit() -> None:
    op.create_table(
        "decision",
        sa.Column("serial", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.Text, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in _WORDS),
    )
    for statement in _REFUSING.get(op.get_bind().dialect.name, []):
        op.execute(statement)

"""One row per record and identifier, with the customers of both (chat_pipeline/identity.py)."""

TYPES = {
    "record_kind": "string",
    "platform": "string",
    "instance": "string",
    "record_id": "string",
    "identifier_type": "string",
    "identifier_scope": "string",
    "identifier_value": "string",
    "seen_at": "timestamp[us]",
    "is_verified": "bool",
    "strength": "string",
    "identifier_customer_key": "string",
    "is_owned": "bool",
    "customer_key": "string",
    "rule": "string",
    "has_identity_conflict": "bool",
    "score": "double",
}


def model(dbt, session):
    dbt.config(materialized="table")
    import pyarrow

    from chat_pipeline.identity import resolve

    identifiers = dbt.ref("int_identifiers__unioned").df()
    merges = dbt.ref("int_crm_merges__unioned").df()
    rule = dbt.source("settings", "identity").df()
    probable = None
    if rule["is_probabilistic"].any():
        from chat_pipeline.identity_probable import people_of, probable_pairs

        crm = dbt.ref("int_crm_people__unioned").df()
        shop = dbt.ref("int_shop_customers__unioned").df()
        probable = probable_pairs(people_of(crm, shop), float(rule["threshold"].iloc[0]))
    # Named types: of an empty or all-null column nothing else tells the type.
    schema = pyarrow.schema([(name, pyarrow.type_for_alias(alias)) for name, alias in TYPES.items()])
    return pyarrow.Table.from_pandas(
        resolve(identifiers, merges, probable), schema=schema, preserve_index=False
    )

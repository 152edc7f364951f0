def model(dbt, session):
    dbt.config(materialized="table")
    return dbt.ref("raw_people").project("id, upper(name) as shout")

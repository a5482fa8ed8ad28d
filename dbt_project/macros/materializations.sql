{# Tables and views in DuckDB, which replaces them within a transaction: dbt's own way, by a second name and two
   renamings, costs more than most of the models themselves. A model that fails leaves what stood before. #}
{% materialization view, adapter="duckdb" %}
    {%- set target = this.incorporate(type="view") -%}
    {{ run_hooks(pre_hooks) }}
    {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
    {%- call statement("main") -%}{{ get_create_view_as_sql(target, sql) }}{%- endcall -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {%- set target = this.incorporate(type="table") -%}
    {{ run_hooks(pre_hooks) }}
    {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
    {%- call statement("main", language=model["language"]) -%}
        {{- create_table_as(False, target, compiled_code, model["language"]) -}}
    {%- endcall -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

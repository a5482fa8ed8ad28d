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
    {%- set language = model["language"] -%}
    {%- call statement("main", language=language) -%}{{- table_anew(target, compiled_code, language) -}}{%- endcall -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# Tables that keep history (incremental.sql): the hook before has taken out what is told anew. #}
{% materialization incremental, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {{ run_hooks(pre_hooks) }}
    {%- if load_cached_relation(this) is none or should_full_refresh() -%}
        {%- call statement("main") -%}{{- table_anew(target, compiled_code, "sql") -}}{%- endcall -%}
        {%- do persist_docs(target, model) -%}
    {%- else -%}
        {%- call statement("main") -%}
            insert into {{ target }} by name select * from (
            {{ sql }}
            ) as told
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{# What stood is dropped in the same statement: a call of dbt's for it costs more. #}
{% macro table_anew(target, code, language) %}
    {%- set old = load_cached_relation(target) -%}
    {%- if old is not none and (old.type != "table" or language != "sql") -%}{%- do drop_relation(old) -%}{%- endif -%}
    {%- if language == "sql" -%}drop table if exists {{ target }};{%- endif -%}
    {{- create_table_as(False, target, code, language) -}}
{% endmacro %}


{# dbt's own, without asking which columns there are: contracts say so. #}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- for name in column_dict %}
    comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(column_dict[name]['description']) }};
    {%- endfor %}
{% endmacro %}


{# A contract was kept when all was built; since then the code is the same. #}
{% macro duckdb__get_assert_columns_equivalent(sql) %}
    {%- if not is_partial() -%}{{ return(assert_columns_equivalent(sql)) }}{%- endif -%}
{% endmacro %}

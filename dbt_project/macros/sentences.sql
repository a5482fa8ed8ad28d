{# A text with a unit separator after each sentence or line, for split_rows; what stands in brackets at its end is dropped. #}
{% macro sentences_marked(text) -%}
{%- set marked = namespace(sql="replace(" ~ replace_all(text, "[(][^()]*[)] *$", "") ~ ", chr(10), chr(31))") -%}
{%- for end in ['.', '!', '?', '…', '。', '！', '？', '؟'] -%}
{%- set marked.sql = "replace(" ~ marked.sql ~ ", '" ~ end ~ "', '" ~ end ~ "' || chr(31))" -%}
{%- endfor -%}
{{ "replace(" ~ marked.sql ~ ", '’', '''')" }}
{%- endmacro %}

{# Pattern of what holds a letter or a digit of any script: all but ASCII signs, spaces, punctuation and pictures. #}
{% macro letters_or_digits() -%}[0-9A-Za-zÀ-ɏͰ-ͽͿ-῿぀-鿿가-힯]{%- endmacro %}

{# Pattern of a question's end; a semicolon is one after a Greek letter. #}
{% macro question_end() -%}([?？؟][ ]*|[Ͱ-Ͽἀ-῿][;;][ ]*)${%- endmacro %}

{# Text in the form in which equal texts are compared: lower case, without punctuation, single spaces. #}
{% macro plain_words(expression) -%}
trim({{ _words(_flat(expression)) }})
{%- endmacro %}

{# A product's title in plain words: the variant, which shops write after " - ", is left out. #}
{% macro product_words(expression) -%}
{{ plain_words("split_part(" ~ expression ~ ", ' - ', 1)") }}
{%- endmacro %}

{# Text in plain words and masked: e-mail addresses, links and whatever holds a digit (phone, card, order and customer numbers) become EMAIL, LINK,
   NUMBER. Names of people stay. #}
{% macro masked_words(expression) -%}
{%- set no_links = replace_all(_flat(expression), "(https?://|www[.])[^ ]+", " LINK ") -%}
{%- set no_emails = replace_all(no_links, "[^ ,;:<>()]+@[^ ,;:<>()]+", " EMAIL ") -%}
{%- set no_numbers = replace_all(no_emails, "[^ ]*[0-9][^ ]*", " NUMBER ") -%}
trim({{ replace_all("' ' || " ~ _words(no_numbers) ~ " || ' '", "( NUMBER)+ ", " NUMBER ") }})
{%- endmacro %}

{# On one line, lower case. Brackets and the backslash are taken out first: engines differ in how they stand in a pattern. #}
{% macro _flat(expression) -%}
{%- set flat = namespace(text=expression) -%}
{%- for character in ["chr(10)", "chr(13)", "chr(9)", "chr(92)", "'['", "']'"] -%}
{%- set flat.text = "replace(" ~ flat.text ~ ", " ~ character ~ ", ' ')" -%}
{%- endfor -%}
lower({{ flat.text }})
{%- endmacro %}

{% macro _words(expression) -%}
{{ replace_all(expression, "[ -/:-@^-`{-~¡¿…“”„«»‘’–—]+", " ") }}
{%- endmacro %}

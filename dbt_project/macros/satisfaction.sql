{#
  What a rating says: positive, neutral or negative. A recommendation score (0-10) is no satisfaction; scales
  without a map say nothing (null).
#}
{% macro satisfaction(value, scale) -%}
case
    when {{ scale }} = 'thumb' and {{ value }} = 'up' then 'positive'
    when {{ scale }} = 'thumb' and {{ value }} = 'down' then 'negative'
    when {{ scale }} = '1-5' and try_cast({{ value }} as double) between 1 and 5 then
        case
            when try_cast({{ value }} as double) >= 4 then 'positive'
            when try_cast({{ value }} as double) > 2 then 'neutral'
            else 'negative'
        end
end
{%- endmacro %}

-- Note attributes in which the settings see an identifier.
select
    attributes.instance,
    attributes.order_id,
    attributes.created_at,
    attributes.attribute_number,
    rules.identifier_type,
    {{ normal_identifier('rules.identifier_type', 'attributes.value') }} as identifier_value
from {{ ref('base_shopify__note_attributes') }} as attributes
inner join {{ source('settings', 'identifier_rules') }} as rules
    on (rules.platform = 'shopify' or rules.platform is null)
    and rules.kind = 'note_attribute'
    and rules.name = attributes.name

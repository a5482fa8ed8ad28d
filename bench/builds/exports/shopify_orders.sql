select name as "Name", email as "Email", case when line = 0 then 'paid' end as "Financial Status", case when line = 0 then strftime(ts, '%Y-%m-%d %H:%M:%S +0000') end as "Paid at",
    case when line = 0 then 'fulfilled' end as "Fulfillment Status", case when line = 0 then strftime(ts + interval 1 day, '%Y-%m-%d %H:%M:%S +0000') end as "Fulfilled at",
    case when line = 0 then 'yes' end as "Accepts Marketing", case when line = 0 then 'EUR' end as "Currency", case when line = 0 then total_text end as "Subtotal",
    case when line = 0 then '0.00' end as "Shipping", case when line = 0 then '0.00' end as "Taxes", case when line = 0 then total_text end as "Total", '' as "Discount Code",
    case when line = 0 then '0.00' end as "Discount Amount", case when line = 0 then 'Standard' end as "Shipping Method", strftime(ts, '%Y-%m-%d %H:%M:%S +0000') as "Created at",
    '1' as "Lineitem quantity", 'Tea ' || sku as "Lineitem name", price_text as "Lineitem price", '' as "Lineitem compare ts price", sku as "Lineitem sku",
    'true' as "Lineitem requires shipping", 'true' as "Lineitem taxable", 'fulfilled' as "Lineitem fulfillment status", case when line = 0 then concat(first_name, ' ', last_name) end as "Billing Name",
    case when line = 0 then city end as "Billing City", case when line = 0 then '''10115' end as "Billing Zip", case when line = 0 then 'DE' end as "Billing Country",
    case when line = 0 then concat('''', phone) end as "Billing Phone", case when line = 0 then city end as "Shipping City", case when line = 0 then 'DE' end as "Shipping Country",
    '' as "Notes", case when line = 0 and is_from_chat then concat('chat_id: ', thread) end as "Note Attributes", '' as "Cancelled at",
    case when line = 0 then 'shopify_payments' end as "Payment Method", case when line = 0 then '0.00' end as "Refunded Amount", case when line = 0 then '0.00' end as "Outstanding Balance",
    case when line = 0 then cast(id as varchar) end as "Id", '' as "Tags", case when line = 0 then 'Low' end as "Risk Level", case when line = 0 then 'web' end as "Source", 'Shop' as "Vendor",
    '0.00' as "Lineitem discount", case when line = 0 then concat('''', phone) end as "Phone"
from order_lines
order by number, line

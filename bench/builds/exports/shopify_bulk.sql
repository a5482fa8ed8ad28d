select case when part = 0 then concat('{"id":"gid://shopify/Order/', id, '","legacyResourceId":"', id, '","name":"', name, '","email":"', email, '","phone":"', phone, '","createdAt":"',
        strftime(ts, '%Y-%m-%dT%H:%M:%SZ'), '","processedAt":"', strftime(ts, '%Y-%m-%dT%H:%M:%SZ'), '","updatedAt":"', strftime(ts, '%Y-%m-%dT%H:%M:%SZ'),
        '","cancelledAt":null,"displayFinancialStatus":"PAID","displayFulfillmentStatus":"FULFILLED","currencyCode":"EUR","totalPriceSet":{"shopMoney":{"amount":"', total_text,
        '","currencyCode":"EUR"}},"currentTotalPriceSet":{"shopMoney":{"amount":"', total_text, '","currencyCode":"EUR"}},"totalRefundedSet":{"shopMoney":{"amount":"0.00","currencyCode":"EUR"}},"test":false,"tags":[],"sourceName":"web","discountCodes":[],"customAttributes":[',
        case when is_from_chat then concat('{"key":"chat_id","value":"', thread, '"}') end, '],"shippingAddress":{"city":"', city, '","countryCodeV2":"DE","phone":null},"refunds":[]}')
    else concat('{"id":"gid://shopify/LineItem/', number * 3 + line, '","name":"Tea ', sku, '","title":"Tea ', sku, '","sku":"', sku,
        '","quantity":1,"currentQuantity":1,"originalUnitPriceSet":{"shopMoney":{"amount":"', price_text, '","currencyCode":"EUR"}},"totalDiscountSet":{"shopMoney":{"amount":"0.00","currencyCode":"EUR"}},"__parentId":"gid://shopify/Order/', id, '"}')
    end as line
from order_lines, range(2) as numbers(part)
where part = 1 or line = 0
order by number, part, line

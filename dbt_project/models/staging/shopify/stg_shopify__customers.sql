with source as (
    select * from {{ newest_records('shopify', 'customers', version='coalesce(_version, _delivered_at)') }} as newest
),

renamed as (
    select
        'shopify' as platform,
        instance,
        _record_key as customer_id,
        {{ normal_email('email') }} as email,
        {{ normal_phone('coalesce(phone, address_phone)') }} as phone,
        first_name,
        last_name,
        city,
        coalesce(region, region_name) as region,
        coalesce(country, country_name) as country,
        accepts_email_marketing as accepts_email,
        accepts_sms_marketing as accepts_sms,
        total_orders as order_count,
        total_spent,
        created_at,
        _version as updated_at
    from source
)

select * from renamed

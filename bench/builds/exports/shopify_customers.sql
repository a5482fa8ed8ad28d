select concat('''', 7200000000000 + person) as "Customer ID", first_name as "First Name", last_name as "Last Name", email as "Email", 'yes' as "Accepts Email Marketing",
    '' as "Default Address Company", '' as "Default Address Address1", '' as "Default Address Address2", city as "Default Address City", '' as "Default Address Province Code",
    'DE' as "Default Address Country Code", '''10115' as "Default Address Zip", '' as "Default Address Phone", concat('''', phone) as "Phone", 'no' as "Accepts SMS Marketing",
    '0.00' as "Total Spent", '1' as "Total Orders", '' as "Note", 'no' as "Tax Exempt", '' as "Tags"
from people
where person in (select person from orders where day between getvariable('first_day') and getvariable('last_day'))
order by person

create or replace view order_lines as
select orders.*, line, 'TE-' || chance(number * 3 + line, 'sku', 40) as sku, first_name, last_name, email, phone, city, account,
    printf('%.2f', price) as price_text, printf('%.2f', price * lines) as total_text
from orders
join people using (person), range(3) as numbers(line)
where line < lines and day between getvariable('first_day') and getvariable('last_day');

-- Half of the people; a day's export has those who talked on it.
select 24000000000 + person as "Record ID", first_name as "First Name", last_name as "Last Name", email as "Email", phone as "Phone Number", city as "City",
    'Germany' as "Country/Region", ['female', 'male'][1 + chance(person, 'g', 2)] as "Gender", strftime(date '1950-01-01' + chance(person, 'born', 19000), '%Y-%m-%d') as "Date of birth",
    'en' as "Preferred language", ['Customer', 'Lead'][1 + chance(person, 'stage', 2)] as "Lifecycle Stage", 'Organic Search' as "Original Traffic Source",
    'false' as "Unsubscribed from all email", md5(concat(person, 'rasa')) as "Chat user", account as "Shop account", '' as "Merged Contact IDs",
    strftime(known_at, '%Y-%m-%d %H:%M') as "Create Date",
    strftime(timestamp '2026-05-24' + to_days(getvariable('last_day')), '%Y-%m-%d %H:%M') as "Last Modified Date"
from people
where person % 2 = 0 and (getvariable('first_day') = 0 or person in (select person from talks where day between getvariable('first_day') and getvariable('last_day')))
order by person

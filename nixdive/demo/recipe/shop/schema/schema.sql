create table product (id integer primary key, sku text unique, name text, price integer, stock integer);
create table sale (id integer primary key, product integer references product, quantity integer, day text);
create index sale_by_day on sale (day);
create view turnover as
    select p.name, sum(s.quantity) as sold, sum(s.quantity * p.price) as cents
    from sale s join product p on p.id = s.product group by p.id order by cents desc;

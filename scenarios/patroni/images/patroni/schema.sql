-- The schema of the order service, release 1.4.0.
CREATE ROLE orders LOGIN PASSWORD 'orders';
CREATE DATABASE orders OWNER orders;
\connect orders
SET ROLE orders;
CREATE TABLE orders (
    id         text PRIMARY KEY,
    item       text NOT NULL,
    quantity   integer NOT NULL CHECK (quantity > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE schema_version (
    version    integer PRIMARY KEY,
    release    text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO schema_version (version, release) VALUES (1, '1.4.0');

-- Reference data, second edition: a tariff has a tax code.
CREATE ROLE pricing LOGIN PASSWORD 'pricing';
CREATE DATABASE refdata OWNER pricing;
\connect refdata
SET ROLE pricing;
CREATE TABLE tariffs (
    item     text PRIMARY KEY,
    price    numeric(12, 2) NOT NULL,
    vat_code text NOT NULL
);
CREATE TABLE schema_version (version integer PRIMARY KEY);
INSERT INTO tariffs VALUES ('*', 10, 'N');
INSERT INTO schema_version VALUES (2);

-- Every save asks for a ticket's links, ended ones too; the partial index leaves those out, so all links of the tenant were read.
CREATE INDEX `link_all` ON `link` (`t`,`ticket_id`,`id`);
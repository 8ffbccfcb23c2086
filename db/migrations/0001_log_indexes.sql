-- The log of a connection reads what arrived by time, and a courier the links that wait for their create.
CREATE INDEX `inbox_log` ON `inbox` (`t`,`partner_tenant`,`at`);--> statement-breakpoint
CREATE INDEX `link_connection` ON `link` (`t`,`connection_id`,`state`);
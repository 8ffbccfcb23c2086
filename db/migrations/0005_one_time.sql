-- A link in a mail works once: to confirm a sign-up, to sign in.
CREATE TABLE `one_time` (
	`hash` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`t` integer,
	`email` text NOT NULL,
	`data` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`t`) REFERENCES `instance`(`no`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `one_time_expires` ON `one_time` (`expires_at`);
-- After a restore each link is compared before anything is sent; a resume in the middle of that must go on with it.
ALTER TABLE `connection` ADD `restored_at` integer;
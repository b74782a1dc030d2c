-- What an operator has cancelled by redressctl, which writes no journal: the daemon tells it and takes it out.
CREATE TABLE @schema@.untold (id uuid PRIMARY KEY);

GRANT SELECT, UPDATE, DELETE ON @schema@.untold TO redress_notification;

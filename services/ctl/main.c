/* redressctl: the operator's command. */
#include "table.h"

int main(int argc, char **argv)
{
    return ctl_main(argc, argv);
}

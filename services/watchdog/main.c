#include "watchdog.h"

int main(int argc, char **argv)
{
    return daemon_main(&watchdog_spec, argc, argv);
}

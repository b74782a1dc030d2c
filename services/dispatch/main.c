#include "dispatch.h"

int main(int argc, char **argv)
{
    return daemon_main(&dispatch_spec, argc, argv);
}

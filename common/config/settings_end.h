/* Forgets the macros that settings.def was read with. */
#undef DAEMON
#undef SECTION
#undef TEXT
#undef WORD
#undef URI
#undef INT
#undef BOOL
#undef CHOICE
#undef PATH
#undef SECRET
#undef END

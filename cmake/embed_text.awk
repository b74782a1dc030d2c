# Writes <out>: the file as `const char <name>[]`.
function literal(line) { gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line); gsub(/\?/, "\\?", line); return "\"" line "\\n\"" }
FNR == 1 { print "/* generated from a text file */\nextern const char " name "[];\nconst char " name "[] =" > out }
{ print "    " literal($0) > out }
END { print "    ;" > out }

// What any program begins with, and nothing else.
require("@pulumi/pulumi");

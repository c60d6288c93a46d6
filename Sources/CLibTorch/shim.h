// pkg-config (libtorch.pc) hands on the include paths and libraries; nothing is declared here.

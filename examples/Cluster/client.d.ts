// The official browser bundle puts its entry on the window.
declare const io: typeof import("socket.io-client").io;

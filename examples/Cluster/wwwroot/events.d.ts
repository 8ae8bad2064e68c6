// Written by "dotnet socketio types" from Cluster.Example.dll. Do not edit: change the C#, and build.

/** What the server says in "/". */
export interface ServerToClientEvents {
  hello: (you: Person) => void;
  person: (person: Person) => void;
  gone: (id: string) => void;
  said: (line: Line) => void;
}

/** What clients say in "/". */
export interface ClientToServerEvents {
  people: (callback: (value: Person[]) => void) => void;
  say: (room: string, text: string, callback: (value: boolean) => void) => void;
  join: (room: string, callback: (value: Person) => void) => void;
  leave: (room: string, callback: (value: Person) => void) => void;
  rename: (name: string, callback: (value: Person) => void) => void;
}

export interface Person {
  id: string;
  name: string;
  worker: number;
  pid: number;
  rooms: string[];
}

export interface Line {
  from: string;
  name: string;
  room: string;
  text: string;
  worker: number;
}

/** Names of its trace instances. Where tracefs is mounted nowhere they went with the process. */
export declare function traceInstances(pid: number | undefined): string[];

/** A package of a stack's Debian suite. */
export interface StackPackage {
  readonly name: string;
  /** Debian's version, for example `3.13.5-2+deb13u5`. */
  readonly version: string;
}

/** A language or tool of which a stack's packages offer one or more lines of versions, the default first. */
export interface StackRuntime {
  /** As people read it: `Python`. */
  readonly title: string;
  readonly lines: readonly StackRuntimeLine[];
}

/** One line of versions, for example Python 3.13, which gets the suite's updates. */
export interface StackRuntimeLine {
  /** The package whose upstream version is the runtime's version. */
  readonly package: string;
  /** What else belongs to it. */
  readonly packages: readonly string[];
  /** Packages that are needed by the letter only and left out. */
  readonly without: readonly string[];
  /** Folder in the tree, without a slash at its ends, that has `bin`: `usr`, or Java's home. */
  readonly prefix: string;
  /** Folder in the tree with shared libraries. */
  readonly libraries: string;
  /** Symbolic links that Debian's installation scripts would make: place in the tree to target. */
  readonly links: Readonly<Record<string, string>>;
  /** Text files in the tree in which paths below `/usr/` have to lead into the tree. */
  readonly rewrite: readonly string[];
  /** argv that makes the tree ready, run in a container with the tree at its place: `{place}` stands for that. Null: nothing. */
  readonly finish: readonly string[] | null;
}

/** Debian packages of a stack, for runtimes made of them. Every call may take as long as a slow mirror does. */
export interface StackPackages {
  /** Null when the stack does not have it. */
  runtime(stack: string, name: string): Promise<StackRuntime | null>;
  /** Content of dpkg's status file in the stack's smallest image: what every dyno has. */
  installed(stack: string): Promise<string>;
  /**
   * These packages with all that they need beyond the stack's smallest image, as the mirror has them now, by name. Throws
   * `stack_not_found` when the mirror cannot be reached or has no such package.
   */
  resolve(stack: string, packages: readonly string[], signal: AbortSignal): Promise<readonly StackPackage[]>;
  /** Downloads, verifies and unpacks what `resolve` found into an existing folder. Nothing of the packages is run. */
  unpack(stack: string, packages: readonly StackPackage[], into: string, signal: AbortSignal): Promise<void>;
}

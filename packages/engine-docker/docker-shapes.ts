/** The parts of the Docker Engine API's answers that we read. Names are Docker's. */

export interface DockerVersion {
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
}

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface ContainerInspect {
  readonly Id: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
  readonly State: {
    readonly Status: ContainerStatus;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly HostConfig: { readonly NetworkMode: string };
  readonly Mounts: readonly { readonly Type: string; readonly Destination: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> | null };
  /** Absent with storage that is not one of Docker's own drivers. */
  readonly GraphDriver?: { readonly Name: string; readonly Data: { readonly UpperDir?: string } | null };
}

export interface ContainerSummary {
  readonly Id: string;
  readonly State: ContainerStatus;
  readonly Labels: Readonly<Record<string, string>>;
}

/** What a listing says besides. */
export interface ListedContainer extends ContainerSummary {
  readonly Image: string;
  readonly HostConfig: { readonly NetworkMode: string };
}

export interface NetworkInspect {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Options: Readonly<Record<string, string>> | null;
}

export interface DockerEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

export interface ExecInspect {
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
}

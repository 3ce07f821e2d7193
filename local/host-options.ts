import { type HttpMode } from './http/http-functions';
import { type Log } from './log';

/** How a host runs; every member but `dataFolder` and `log` has a default. */
export interface HostOptions {
  /** Where package.json and host.json lie; default: the working directory. */
  readonly appFolder?: string;
  /** Default: host.json in `appFolder`. */
  readonly hostJson?: string;
  /** Files that register functions; default: what package.json's `main` names. Empty: those registered already. */
  readonly functionFiles?: readonly string[];
  /** Everything that outlives the host lies here; one host at a time. */
  readonly dataFolder: string;
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 7071; 0 takes any free port. */
  readonly port?: number;
  /** Connection string or account URL; default: what the environment names, else an Azurite of the host's own. */
  readonly storage?: string;
  /** Default `light`. */
  readonly httpMode?: HttpMode;
  /** See FunctionKeys; default: no keys are asked for. */
  readonly functionKeys?: string;
  /** Largest request body, bytes; default 104,857,600 as on Azure. */
  readonly bodyLimitBytes?: number;
  /** Pause between polls of blobs and queues, ms; default 250. */
  readonly pollMs?: number;
  /** How long stop waits for running requests, ms; default 5,000. */
  readonly graceMs?: number;
  readonly log: Log;
}

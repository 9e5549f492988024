import type { Cloud } from '../core/cloud.ts';
import type { CloudId } from '../core/model.ts';
import type { KeyForm } from '../outbound/redact.ts';
import type { RestDeps } from '../outbound/send.ts';

/** One address of a cloud as a setting. Every address of this kind ends in the path of its default. */
export interface UrlSetting {
  variable: `${Uppercase<string>}_URL`;
  flag: string;
  default: string;
  /** Completes the table of settings: `Volt API`. */
  meaning: string;
}

/** The key of a cloud, and its checked addresses by the names of the manifest's `settings.urls`. */
export interface CloudAccess {
  key: string;
  urls: Readonly<Record<string, string>>;
}

/** The facts about a cloud that the program needs before it connects. The list of manifests is clouds/index.ts. */
export interface CloudManifest {
  /** Lower-case letters, digits, underscores. The first part of every ref. */
  id: CloudId;
  /** The name in a sentence. */
  title: string;
  /** The company's full name. */
  full_title: string;
  settings: {
    /** The variable of the key; its twin with `_FILE` names a file that holds only the key. */
    key: `${Uppercase<string>}_API_KEY`;
    /** `api` is the address that doctor checks. */
    urls: { readonly api: UrlSetting; readonly [name: string]: UrlSetting };
  };
  /** The header in which callers of `serve --http --credentials headers` send their key. */
  key_header: `X-${string}-Api-Key`;
  /** The forms of its keys and tokens, by which any text is searched for them. */
  key_forms: readonly KeyForm[];
  /** The page that gives a person a key. */
  dashboard: { words: string; url: string };
  /** Opens the cloud and sends nothing. Imports its code, so that a start that needs no cloud stays fast. */
  create: (access: CloudAccess, deps: RestDeps) => Promise<Cloud>;
}

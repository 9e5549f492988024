import * as z from 'zod';

/**
 * The id of a cloud, as its manifest spells it (clouds/index.ts): the first part of every ref. Which ids exist is known
 * from the list of manifests alone; `Clouds.get` refuses any other.
 */
export type CloudId = string;

const FORM = /^[a-z][a-z0-9_]{0,31}$/;

/** True if the text has the form of a cloud's id. `Clouds.knows` shows whether the cloud exists. */
export const isCloudId = (text: string): boolean => FORM.test(text);

/** The mark in a JSON schema of a field that names a cloud; a list of tools replaces it by the configured clouds. */
export const CLOUD_MARK = 'x-cloud';

/** A field that names a cloud, in any letter case. */
export const cloudIdSchema = z
  .string()
  .toLowerCase()
  .meta({ [CLOUD_MARK]: true });
